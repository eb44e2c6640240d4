import { useEffect, useRef } from 'preact/hooks'
import { signal } from '@preact/signals'
import { KEY_ROWS } from '../model/keys.ts'

const isShown = signal(false)

export function showKeys(): void {
  isShown.value = true
}

/** What can be done by keys. */
export function KeysDialog() {
  const dialog = useRef<HTMLDialogElement>(null)
  const shown = isShown.value
  useEffect(() => {
    if (shown) dialog.current?.showModal()
  }, [shown])
  return (
    <dialog ref={dialog} aria-labelledby="keys-head" onClose={() => (isShown.value = false)}>
      <h2 id="keys-head">Keys</h2>
      <dl>
        {KEY_ROWS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button class="btn">Close</button>
      </form>
    </dialog>
  )
}

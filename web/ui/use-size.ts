import { useSignal, type Signal } from '@preact/signals'
import { useLayoutEffect } from 'preact/hooks'

export interface Size {
  readonly width: number
  readonly height: number
  /** Width of the page. */
  readonly page: number
}

/** How large an element is, as it changes; in px. */
export function useSize(box: { readonly current: HTMLElement | null }): Signal<Size> {
  const size = useSignal<Size>({ width: 900, height: 600, page: innerWidth })
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const read = () => {
      size.value = { width: element.clientWidth, height: element.clientHeight, page: innerWidth }
    }
    const observer = new ResizeObserver(read)
    observer.observe(element)
    read()
    return () => observer.disconnect()
  }, [])
  return size
}

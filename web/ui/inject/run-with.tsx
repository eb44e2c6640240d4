import { useComputed, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Offer, Offers } from '../../model/inject/offers.ts'
import { saidOf, withSaid, type RunWith as What, type Said } from '../../model/inject/run-with.ts'
import { draft, write } from '../../state/draft.ts'
import { offers, refreshOffers } from '../../state/offers.ts'
import { Trouble } from '../trouble.tsx'

interface Choice {
  readonly what: What
  readonly label: string
  readonly offered: (offers: Offers) => readonly Offer[]
  /** What is meant where the scenario says nothing. */
  readonly usual: (offers: Offers) => string
}

const CHOICES: readonly Choice[] = [
  { what: 'vmm', label: 'VMM', offered: ({ vmms }) => vmms, usual: ({ usualVmm }) => usualVmm },
  { what: 'policy', label: 'Policy', offered: ({ policies }) => policies, usual: () => 'the VMM’s own' },
  {
    what: 'hostLinux',
    label: 'Host kernel',
    offered: ({ kernels }) => kernels,
    usual: ({ kernels }) => kernels[0]?.name ?? ''
  },
  {
    what: 'guestLinux',
    label: 'Guest kernel',
    offered: ({ kernels }) => kernels,
    usual: ({ kernels }) => kernels[0]?.name ?? ''
  }
]

/** What the scenario is run with, chosen from what the services are; a choice is written into the scenario. */
export function RunWith() {
  useEffect(() => void refreshOffers(), [])
  const said = useComputed(() => saidOf(draft.value))
  const trouble = useSignal<string | undefined>(undefined)
  const choose = (what: What, value: string) => {
    const text = withSaid(draft.peek(), what, value)
    trouble.value = text === undefined ? 'the scenario cannot say that' : undefined
    if (text !== undefined) write(text)
  }
  return (
    <fieldset class="run-with">
      <legend class="sr">Run with</legend>
      {CHOICES.map((choice) => (
        <Choose key={choice.what} choice={choice} said={said.value[choice.what]} choose={choose} />
      ))}
      <Trouble says={trouble.value} />
    </fieldset>
  )
}

interface ChooseProps {
  readonly choice: Choice
  readonly said: Said
  readonly choose: (what: What, value: string) => void
}

function Choose({ choice, said, choose }: ChooseProps) {
  const { what, label, offered, usual } = choice
  const all = offered(offers.value)
  const { value = '', several, cannot } = said
  const none = what === 'policy' ? offers.value.noPolicies : undefined
  const why = cannot ?? none
  const chosen = all.find(({ name }) => name === value)
  // What the scenario says is shown, whether the services offer it or not.
  const isOther = value !== '' && chosen === undefined
  const id = `run-with-${what}`
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        aria-describedby={`${id}-says`}
        value={several === true ? SEVERAL : value}
        disabled={why !== undefined}
        title={chosen?.says}
        onChange={({ currentTarget }) => choose(what, currentTarget.value)}
      >
        <option value="">{why === undefined ? `as usual (${usual(offers.value)})` : 'none to choose'}</option>
        {several === true && (
          <option value={SEVERAL} disabled>
            differs between the VMs
          </option>
        )}
        {isOther && <option value={value}>{value}</option>}
        {all.map(({ name, says }) => (
          <option key={name} value={name} title={says}>
            {name}
          </option>
        ))}
      </select>
      <small id={`${id}-says`}>{why ?? chosen?.says ?? ''}</small>
    </div>
  )
}

/** No name is written so. */
const SEVERAL = '(several)'

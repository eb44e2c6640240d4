import { useSignal } from '@preact/signals'
import { withStep } from '../../model/inject/add-step.ts'
import { STEP_FORMS, stepOf, type FormField } from '../../model/inject/step-form.ts'
import { draft, write } from '../../state/draft.ts'
import { Trouble } from '../trouble.tsx'

/** A form for each kind of step, which adds it to the scenario. */
export function AddStep() {
  const action = useSignal('poison')
  const values = useSignal<Readonly<Record<string, string>>>({})
  const trouble = useSignal<string | undefined>(undefined)
  const form = STEP_FORMS.find((one) => one.action === action.value)
  if (form === undefined) return null
  const add = () => {
    const text = withStep(draft.peek(), stepOf(form, values.peek()))
    trouble.value = text === undefined ? 'the scenario has no list of steps that could be added to' : undefined
    if (text !== undefined) write(text)
  }
  return (
    <details class="add-step">
      <summary>Add a step by a form</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          add()
        }}
      >
        <label>
          Step
          <select
            value={action.value}
            onChange={({ currentTarget }) => {
              action.value = currentTarget.value
              values.value = {}
            }}
          >
            {STEP_FORMS.map((one) => (
              <option key={one.action}>{one.action}</option>
            ))}
          </select>
        </label>
        {form.fields.map((field) => (
          <StepField
            key={`${form.action} ${field.name}`}
            field={field}
            value={values.value[field.name] ?? ''}
            change={(value) => (values.value = { ...values.peek(), [field.name]: value })}
          />
        ))}
        <button class="btn" type="submit">
          Add to the scenario
        </button>
        <Trouble says={trouble.value} />
      </form>
    </details>
  )
}

interface StepFieldProps {
  readonly field: FormField
  readonly value: string
  readonly change: (value: string) => void
}

function StepField({ field, value, change }: StepFieldProps) {
  const { name, says, isNeeded, choices } = field
  return (
    <label>
      {name === '' ? 'value' : name}
      {choices === undefined ? (
        <input value={value} required={isNeeded} onInput={({ currentTarget }) => change(currentTarget.value)} />
      ) : (
        <select value={value} required={isNeeded} onChange={({ currentTarget }) => change(currentTarget.value)}>
          <option value="" />
          {choices.map((choice) => (
            <option key={String(choice)}>{String(choice)}</option>
          ))}
        </select>
      )}
      {says !== '' && <small>{says}</small>}
    </label>
  )
}

interface TroubleProps {
  /** Nothing where all is well. */
  readonly says: string | undefined
}

/** Why something that was asked for has not been done. */
export function Trouble({ says }: TroubleProps) {
  if (says === undefined) return null
  return (
    <p class="bad" role="alert">
      {says}
    </p>
  )
}

import { MODELS } from '../../services/layers.ts'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { STORY_PLAYS, type Play } from './plays.ts'

const GONE = 'gone'
const POISON = {
  kind: 'memory',
  hostPhysical: 0x7bf1_5000n,
  signalled: 'SError',
  containment: 'UER',
  severity: 'recoverable'
} as const

/**
 * A story on a machine, which is then deleted everywhere, and the story again on another one. After all services have been
 * started again nobody knows the first machine, and the second story has come out as if nothing had gone wrong.
 */
const deleting = (story: Play): Play => ({
  name: `${story.name}, after a machine that was deleted`,
  races: story.races,
  async perform(system, machine, room) {
    await story.perform(system, GONE, room)
    // Something of it is on its way when it goes.
    await system.tell(GONE, errorInject, POISON)
    room.deleteMachine(GONE)
    room.restart()
    for (const { layer } of MODELS) {
      if (room.quiescence(layer, GONE) !== undefined) throw new Error(`${layer} has the deleted machine again`)
    }
    const left = room.timers().filter((timer) => timer.includes(` ${GONE} `))
    if (left.length > 0) throw new Error(`a deleted machine has timers: ${left.join(', ')}`)
    await story.perform(system, machine, room)
  }
})

export const DELETING_PLAYS: readonly Play[] = STORY_PLAYS.map(deleting)

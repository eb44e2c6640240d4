import { randomUUID } from 'node:crypto'

const USUAL = 'm0'
const isAddress = (policy: string | undefined): boolean => policy?.includes('://') === true

/**
 * The machine on which a run is played in this process. A policy that is somebody's service may remember what it was asked,
 * and sees the machine in each question: it is another for every run, wherever that is played. All other runs are the
 * same whenever they are played, and so is their machine.
 */
export const machineOfRun = (policy: string | undefined): string =>
  isAddress(policy) ? `run-${randomUUID().slice(0, 13)}` : USUAL

import type { Cell } from '../rows/cells.ts'
import { CELLS } from '../rows/cells.ts'
import type { RowMark } from '../rows/row.ts'

/** The colours of a run by what they are for, as `web/styles/tokens.css` has them: their text keeps 4.5:1 on its ground. */
export const LIGHT = {
  surface: '#fff',
  sunken: '#f2f2ef',
  line: '#e5e5e1',
  line2: '#cfcfc9',
  fg: '#1b1c1e',
  fg2: '#484c52',
  fg3: '#646970',
  accent: '#4248c4',
  ok: '#0b6a4f',
  bad: '#b3261e',
  exc: '#b83e08',
  apei: '#03619b',
  sig: '#9c2a80',
  gst: '#00705a',
  pol: '#855600',
  call: '#8c9198',
  'c-rec': '#dff0ea',
  't-rec': '#0b5a43',
  'c-proc': '#f8e6b6',
  't-proc': '#664400',
  'c-live': '#e4dbf6',
  't-live': '#51309a',
  'c-gp': '#f4c79e',
  't-gp': '#6e2b00',
  'c-ap': '#ec8f5e',
  't-ap': '#3c1200',
  'c-vm': '#ac3f58',
  't-vm': '#fff',
  'c-host': '#54152e',
  't-host': '#fff',
  'c-unt': '#4a5560',
  't-unt': '#fff',
  'c-sil': '#27296b',
  't-sil': '#fff'
} as const

export type Ink = keyof typeof LIGHT

export const DARK: Readonly<Record<Ink, string>> = {
  surface: '#16181b',
  sunken: '#1c1f23',
  line: '#282b30',
  line2: '#3d4249',
  fg: '#e9eaeb',
  fg2: '#b7bcc3',
  fg3: '#949aa2',
  accent: '#a9b1ff',
  ok: '#57d0a8',
  bad: '#ff8f86',
  exc: '#ff9561',
  apei: '#6bbdf7',
  sig: '#f191d3',
  gst: '#45d0a6',
  pol: '#e6b553',
  call: '#727880',
  'c-rec': '#15352c',
  't-rec': '#84dcc0',
  'c-proc': '#4b3b12',
  't-proc': '#f5d886',
  'c-live': '#362a5c',
  't-live': '#d0bfff',
  'c-gp': '#70401c',
  't-gp': '#ffd6b0',
  'c-ap': '#b4582c',
  't-ap': '#fff',
  'c-vm': '#b23a56',
  't-vm': '#fff',
  'c-host': '#ffd0da',
  't-host': '#3a0015',
  'c-unt': '#c3ccd4',
  't-unt': '#14191e',
  'c-sil': '#b9bdff',
  't-sil': '#0b0d3a'
}

export const MARK_INKS: Readonly<Record<RowMark, Ink>> = {
  fault: 'exc',
  exception: 'exc',
  notification: 'apei',
  signal: 'sig',
  'guest-notification': 'gst',
  question: 'pol',
  decision: 'pol',
  call: 'call',
  note: 'call',
  record: 'fg2',
  poison: 'bad',
  end: 'bad'
}

/** The ground of an outcome, and what is written on it. */
export const cellInks = (cell: Cell): { readonly ground: Ink; readonly text: Ink } => {
  const { key } = CELLS[cell]
  return { ground: `c-${key}`, text: `t-${key}` }
}

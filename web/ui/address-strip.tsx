import { Fragment } from 'preact'
import { stripAt, type StripLink, type StripPlace } from '../model/page-strip.ts'
import type { OpenRun } from '../state/open-run.ts'
import { selectEntry } from '../state/selecting.ts'

/** So many pages are drawn; more are counted. */
const MOST = 2

/** The pages that are lost, each in its address spaces: who has lost it, and by what. */
export function AddressStrip({ run }: { readonly run: OpenRun }) {
  const chains = run.pages.value
  if (chains.length === 0) return null
  return (
    <div class="pages" role="group" aria-label="The page in its address spaces">
      {chains.slice(0, MOST).map((chain, index) => (
        <div key={index} class="chain">
          {stripAt(chain, run.now.value).map(({ space, places, link }) => (
            <Fragment key={space}>
              <div class="spaces">
                {places.map((place) => (
                  <Place key={`${place.whose} ${place.address}`} run={run} place={place} />
                ))}
              </div>
              {link !== undefined && <Between run={run} link={link} />}
            </Fragment>
          ))}
        </div>
      ))}
      {chains.length > MOST && <p class="dim">and {chains.length - MOST} more pages</p>}
    </div>
  )
}

function Place({ run, place }: { readonly run: OpenRun; readonly place: StripPlace }) {
  const { title, whose, address, size, state, look, since } = place
  return (
    <div class={`space ${look}`}>
      <small>
        {title}
        <span>
          {' '}
          · <b>{whose}</b>
          {size === '4 KiB' ? '' : ` · ${size}`}
        </span>
      </small>
      <div class="value">
        {address}{' '}
        {since === undefined ? (
          <span class="state">{state}</span>
        ) : (
          <button class="state" onClick={() => selectEntry(run, since)}>
            {state} <span class="mono">#{since}</span>
          </button>
        )}
      </div>
    </div>
  )
}

function Between({ run, link }: { readonly run: OpenRun; readonly link: StripLink }) {
  const { name, cut } = link
  return (
    <div class={cut === undefined ? 'between' : 'between cut'}>
      {cut === undefined ? (
        <span>{name}</span>
      ) : (
        <button title={`#${cut}`} onClick={() => selectEntry(run, cut)}>
          <span aria-hidden="true">✂ </span>
          {name}
          <span class="sr"> is cut</span>
        </button>
      )}
    </div>
  )
}

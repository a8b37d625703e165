// @ts-check
/** How OBS, FFmpeg or another encoder publishes into one's own room: the address, the key, and what to set. */
import { me } from '../account.js';
import { whip } from '../api/addresses.js';
import { rooms } from '../api/rooms.js';
import { html, useEffect, useState } from '../html.js';
import { number, t, tError } from '../i18n.js';
import { Copyable } from '../parts/copyable.js';
import { TopBar } from '../parts/top_bar.js';
import { KBIT_S, KEYFRAME_S, ffmpegLine } from '../studio/encoder_settings.js';
import { StreamKey, seen } from '../studio/stream_key.js';
import { SignIn } from './login.js';

/** @param {{room: string}} properties */
function Encoder({ room }) {
  const [held, setHeld] = useState({ key: '', shown: false });
  const address = new URL(whip(room), location.href).href;
  const placeholder = t('key.placeholder');
  return html`
    <section class="panel" aria-labelledby="key-where">
      <h2 id="key-where">${t('key.where')}</h2>
      <${Copyable} label=${t('key.address')} value=${address} testid="whip-address" />
      <${StreamKey} held=${held} hold=${setHeld} />
      <p class="quiet-words">${t('key.secret')}</p>
    </section>
    <section class="panel" aria-labelledby="key-obs" data-testid="obs-steps">
      <h2 id="key-obs">OBS Studio</h2>
      <ol class="steps">
        <li>${t('key.obsService')}</li>
        <li>${t('key.obsServer')}</li>
        <li>${t('key.obsToken')}</li>
        <li>${t('key.obsOutput', { kbit: number(KBIT_S), s: KEYFRAME_S })}</li>
        <li>${t('key.obsStart')}</li>
      </ol>
    </section>
    <section class="panel" aria-labelledby="key-ffmpeg">
      <h2 id="key-ffmpeg">FFmpeg</h2>
      <p>${t('key.ffmpegHint', { placeholder })}</p>
      <${Copyable} label=${t('key.ffmpegLine')} value=${ffmpegLine(address, held.key || placeholder)} shown=${ffmpegLine(address, seen(held, placeholder))} testid="ffmpeg-command" />
    </section>
  `;
}

function Own() {
  const [room, setRoom] = useState(/** @type {import('../api/rooms.js').Room | null | undefined} */ (undefined));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const ask = () => {
    setError(null);
    rooms.mine().then(setRoom, setError);
  };
  useEffect(ask, []);
  return html`<main class="stream-key" data-testid="stream-key-page">
    <h1>${t('key.title')}</h1>
    <a href="/studio" data-testid="to-studio">${t('key.toStudio')}</a>
    ${error !== null && html`<div class="notice bad" role="alert"><span class="grow">${tError(error)}</span><button type="button" class="button small ghost" data-testid="room-try-again" onClick=${ask}>${t('list.again')}</button></div>`}
    ${error === null && room === undefined && html`<span class="ring-wait" role="status" aria-label=${t('list.waiting')}></span>`}
    ${room === null && html`<p class="notice" data-testid="no-room">${t('key.noRoom')}</p>`}
    ${room && html`<${Encoder} key=${room.room} room=${room.room} />`}
  </main>`;
}

export function KeyPage() {
  return html`<div class="page">
    <${TopBar} />
    ${me.value === null ? html`<main class="lone"><h1>${t('key.signIn')}</h1><${SignIn} /></main>` : html`<${Own} key=${me.value.user} />`}
  </div>`;
}

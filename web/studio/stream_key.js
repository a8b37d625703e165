// @ts-check
/** How OBS or FFmpeg publish into this room: the address, and a key that is shown once. */
import { accounts } from '../api/accounts.js';
import { whip } from '../api/addresses.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { CopyIcon, KeyIcon } from '../parts/icons.js';
import { toast } from '../parts/toasts.js';
import { told } from '../parts/told.js';

/** @param {{label: string, value: string, testid: string}} properties */
function Copyable({ label, value, testid }) {
  const copy = async () => {
    if (await told(navigator.clipboard.writeText(value))) toast(t('copied'));
  };
  return html`<div class="copyable">
    <span>${label}</span>
    <code data-testid=${testid} tabindex="0">${value}</code>
    ${navigator.clipboard && html`<button type="button" class="round plain" aria-label=${t('copy')} onClick=${copy}><${CopyIcon} /></button>`}
  </div>`;
}

/** @param {{room: string}} properties */
export function StreamKey({ room }) {
  const [key, setKey] = useState('');
  const address = new URL(whip(room), location.href).href;
  const make = () => told(accounts.newStreamKey().then((made) => setKey(made.key)));
  const words = key || t('key.placeholder');
  return html`<details class="panel stream-key" data-testid="stream-key-panel">
    <summary><${KeyIcon} />${t('key.title')}</summary>
    <p>${t('key.hint')}</p>
    <${Copyable} label=${t('key.address')} value=${address} testid="whip-address" />
    ${key !== '' && html`<${Copyable} label=${t('key.key')} value=${key} testid="stream-key" />`}
    <button class="button small ghost" data-testid="new-stream-key" onClick=${make}>${t(key === '' ? 'key.make' : 'key.again')}</button>
    <${Copyable} label="FFmpeg" testid="ffmpeg-command"
      value=${`ffmpeg -re -i video.mp4 -c:v libx264 -profile:v baseline -bf 0 -g 60 -c:a libopus -f whip -authorization ${words} ${address}`} />
  </details>`;
}

// @ts-check
/** What a host looks after before he goes live, and may change while he is: devices, his picture, whether he is heard, his uplink. */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { Choice } from '../parts/choice.js';
import { GearIcon } from '../parts/icons.js';
import { told } from '../parts/told.js';
import { Check } from './check.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('./device_choice.js').DeviceKind} DeviceKind */

/** @param {{desk: Desk, kind: DeviceKind, label: string}} properties */
function Picker({ desk, kind, label }) {
  const { devices } = desk;
  const options = devices.known.value[kind].map(({ id, label: name }, place) => /** @type {const} */ ([id, name || t('setUp.nameless', { n: place + 1 })]));
  const value = devices.stream.value === null ? '' : devices.used(kind);
  if (options.length === 0) return null;
  return html`<${Choice} testid=${`pick-${kind}`} label=${label} options=${options} value=${value} set=${(/** @type {string} */ id) => told(devices.pick(kind, id))} />`;
}

/** A box that is ticked or not. @param {{testid: string, label: string, on: boolean, set: (on: boolean) => void}} properties */
function Tick({ testid, label, on, set }) {
  return html`<label class="tick"><input type="checkbox" data-testid=${testid} checked=${on} onChange=${(/** @type {Event} */ event) => set(/** @type {HTMLInputElement} */ (event.currentTarget).checked)} />${label}</label>`;
}

/** @param {{desk: Desk}} properties */
function Meter({ desk }) {
  const { level, silent } = desk.ear;
  return html`<div class="level">
    <meter data-testid="microphone-level" min="0" max="1" value=${level.value} aria-label=${t('check.level')}></meter>
    <p class="quiet-words" role="status" data-testid="microphone-words">${silent.value ? t('check.silent') : ''}</p>
  </div>`;
}

/** @param {{desk: Desk}} properties */
export function SetUp({ desk }) {
  const [open, setOpen] = useState(false);
  const { devices } = desk;
  const stream = devices.stream.value;
  const { mirror, small } = devices.wish.value;
  useEffect(() => {
    if (open) void desk.open();
  }, [open, desk]);
  return html`<details class="panel set-up" data-testid="set-up" onToggle=${(/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open)}>
    <summary><${GearIcon} />${t('setUp.title')}</summary>
    ${open &&
    html`<div class="set-up-choices">
        <${Picker} desk=${desk} kind="videoinput" label=${t('studio.camera')} />
        <${Picker} desk=${desk} kind="audioinput" label=${t('studio.microphone')} />
        <${Tick} testid="mirror" label=${t('setUp.mirror')} on=${mirror} set=${(/** @type {boolean} */ on) => devices.remember({ mirror: on })} />
        <${Tick} testid="small-picture" label=${t('setUp.small')} on=${small} set=${(/** @type {boolean} */ on) => told(devices.resize(on))} />
      </div>
      ${stream !== null && html`<${Meter} desk=${desk} />`}
      ${!desk.onAir && html`<${Check} desk=${desk} />`}`}
  </details>`;
}

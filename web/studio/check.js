// @ts-check
/** A check before going live: is there a picture, is there a sound, and what does the way to the server bear? */
import { bearer } from '../account.js';
import { whipCheck } from '../api/addresses.js';
import { checkUplink } from '../client/media/uplink_check.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { number, t, tError } from '../i18n.js';
import { CheckIcon } from '../parts/icons.js';
import { told } from '../parts/told.js';
import { advice, bearsBps } from './uplink_advice.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('../client/media/sent.js').Sent} Sent */
/** @typedef {{state: 'idle'} | {state: 'running'} | {state: 'failed', error: unknown} | {state: 'done', sent: Sent | null}} Uplink */

/** @param {{testid: string, state: 'good' | 'bad' | 'waits', children: any}} properties */
function Row({ testid, state, children }) {
  return html`<li class=${`check-${state}`} data-testid=${testid} data-state=${state}>${children}</li>`;
}

/** @param {{desk: Desk}} properties */
function CameraRow({ desk }) {
  const [camera] = desk.stream.value?.getVideoTracks() ?? [];
  const { width, height } = camera?.getSettings() ?? {};
  if (camera === undefined) return html`<${Row} testid="check-camera" state="bad">${t('check.noCamera')}</${Row}>`;
  if (!desk.camera.value) return html`<${Row} testid="check-camera" state="bad">${t('check.cameraOff')}</${Row}>`;
  return html`<${Row} testid="check-camera" state="good">${t('check.camera', { size: `${width} × ${height}` })}</${Row}>`;
}

/** @param {{desk: Desk}} properties */
function MicrophoneRow({ desk }) {
  const { silent, heard } = desk.ear;
  const microphones = desk.stream.value?.getAudioTracks() ?? [];
  if (microphones.length === 0) return html`<${Row} testid="check-microphone" state="bad">${t('check.noMicrophone')}</${Row}>`;
  if (!desk.microphone.value) return html`<${Row} testid="check-microphone" state="bad">${t('check.microphoneOff')}</${Row}>`;
  if (silent.value) return html`<${Row} testid="check-microphone" state="bad">${t('check.silent')}</${Row}>`;
  return html`<${Row} testid="check-microphone" state=${heard.value ? 'good' : 'waits'}>${t(heard.value ? 'check.heard' : 'check.speak')}</${Row}>`;
}

/** @param {{desk: Desk, uplink: Uplink}} properties */
function UplinkRow({ desk, uplink }) {
  if (uplink.state === 'idle') return null;
  if (uplink.state === 'running') return html`<${Row} testid="check-uplink" state="waits"><span class="ring-wait"></span>${t('check.measuring')}</${Row}>`;
  if (uplink.state === 'failed') return html`<${Row} testid="check-uplink" state="bad">${tError(uplink.error)}</${Row}>`;
  const { sent } = uplink;
  const said = advice(sent);
  const megabits = sent === null ? '' : number(Math.round(bearsBps(sent) / 100_000) / 10);
  return html`<${Row} testid="check-uplink" state=${said === 'good' ? 'good' : 'bad'}>
    <span data-testid="advice" data-advice=${said}>${t(`advice.${said}`)}</span>
    ${sent !== null && html`<small>${t('check.figures', { megabits, loss: number(Math.round(sent.loss * 1000) / 10), rtt: sent.rttMs === null ? '–' : number(sent.rttMs) })}</small>`}
    ${(said === 'lower' || said === 'slow') && !desk.devices.wish.value.small && html`<button type="button" class="button small ghost" data-testid="make-small" onClick=${() => told(desk.devices.resize(true))}>${t('setUp.small')}</button>`}
  </${Row}>`;
}

/** @param {{desk: Desk}} properties */
export function Check({ desk }) {
  const [uplink, setUplink] = useState(/** @type {Uplink} */ ({ state: 'idle' }));
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(), []);
  const run = async () => {
    const stream = await desk.open();
    if (stream === null) return;
    setUplink({ state: 'running' });
    const { signal } = leaving.current;
    try {
      const sent = await checkUplink({ endpoint: whipCheck(desk.room), token: bearer, stream, signal });
      if (!signal.aborted) setUplink({ state: 'done', sent });
    } catch (error) {
      if (!signal.aborted) setUplink({ state: 'failed', error });
    }
  };
  return html`<div class="check" data-testid="check">
    <button type="button" class="button small" data-testid="check-run" disabled=${uplink.state === 'running'} onClick=${run}><${CheckIcon} />${t('check.run')}</button>
    <div role="status">
      ${desk.stream.value !== null && html`<ul><${CameraRow} desk=${desk} /><${MicrophoneRow} desk=${desk} /><${UplinkRow} desk=${desk} uplink=${uplink} /></ul>`}
    </div>
  </div>`;
}

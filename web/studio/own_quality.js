// @ts-check
/** The light that tells a host how well his broadcast leaves his machine, while he is on air. */
import { between, lookAt } from '../client/media/sent.js';
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { FINE, judge, Light } from './quality_light.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('../client/media/sent.js').Look} Look */

const LOOK_MS = 2_000;

/** What the encoders may use at most; 0: the browser does not say. @param {RTCPeerConnection} connection */
function wishedBps(connection) {
  const sender = connection.getSenders().find(({ track }) => track?.kind === 'video');
  return sender?.getParameters().encodings.reduce((sum, { maxBitrate = 0 }) => sum + maxBitrate, 0) ?? 0;
}

/** Looks at what is sent as long as it is `live`. @param {Desk} desk @param {boolean} live */
function useLight(desk, live) {
  const [verdict, setVerdict] = useState(FINE);
  useEffect(() => {
    if (!live) return undefined;
    const light = new Light();
    /** @type {{connection: RTCPeerConnection, look: Look} | null} */
    let before = null;
    let gone = false;
    const once = async () => {
      const connection = desk.publish.connection;
      if (connection === null) return;
      const look = await lookAt(connection);
      if (gone) return;
      if (before?.connection === connection) setVerdict(light.take(judge(between(before.look, look), wishedBps(connection), desk.camera.value)));
      before = { connection, look };
    };
    const timer = setInterval(() => once().catch((error) => console.debug('the uplink was not looked at', error)), LOOK_MS);
    return () => {
      gone = true;
      clearInterval(timer);
      setVerdict(FINE);
    };
  }, [live, desk]);
  return verdict;
}

/** @param {{desk: Desk}} properties */
export function OwnQuality({ desk }) {
  const live = desk.state.value === 'live';
  const { level, reason } = useLight(desk, live);
  const { silent } = desk.ear;
  if (!live) return null;
  return html`<div class=${`own-quality ${level}`} role="status" data-testid="own-quality" data-level=${level} data-reason=${reason}>
    <i aria-hidden="true"></i>
    <p><b>${t(`light.${level}`)}</b> ${t(`light.${reason}`)}</p>
    ${silent.value && html`<p class="own-silence" data-testid="own-silence">${t('check.silent')}</p>`}
  </div>`;
}

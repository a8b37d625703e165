// @ts-check
/** The figures of a broadcast: who watches, what was liked and given, how long it has been on. */
import { me } from '../account.js';
import { minutes } from '../client/clock.js';
import { html, useEffect, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { EyeIcon, HeartIcon } from '../parts/icons.js';
import { useServerNow } from '../parts/ticking.js';
import { diamonds, loadWallet } from '../wallet.js';

/** @typedef {import('../room_session.js').RoomSession} RoomSession */

const WALLET_MS = 1500;

/** What was given to us since the page was opened. @param {RoomSession} session */
function useIncome(session) {
  const [coins, setCoins] = useState(0);
  useEffect(() => {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const refresh = () => {
      timer = undefined;
      loadWallet().catch((error) => console.debug('the income is not known', error));
    };
    const stop = session.listen((message) => {
      if (message.t !== 'gift.sent' || message.d.to.user !== me.value?.user) return;
      setCoins((sum) => sum + message.d.coins);
      timer ??= setTimeout(refresh, WALLET_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session]);
  return coins;
}

/** @param {{session: RoomSession}} properties */
export function Figures({ session }) {
  const { viewers, likes, broadcast } = session.state.value;
  const income = useIncome(session);
  const now = useServerNow(session.clock, broadcast !== null);
  const seconds = broadcast === null ? 0 : Math.max(0, Math.floor((now - broadcast.started_at_ms) / 1000));
  return html`<dl class="figures">
    <div><dt><${EyeIcon} />${t('room.viewers')}</dt><dd data-testid="viewer-count" data-count=${viewers}>${number(viewers)}</dd></div>
    <div><dt><${HeartIcon} />${t('room.likes')}</dt><dd>${number(likes)}</dd></div>
    <div><dt><img src="/static/art/coin.svg" alt="" />${t('studio.gifted')}</dt><dd data-testid="income" data-coins=${income}>${number(income)}</dd></div>
    <div><dt><img src="/static/art/diamond.svg" alt="" />${t('studio.diamonds')}</dt><dd data-testid="diamonds" data-diamonds=${diamonds.value ?? ''}>${diamonds.value === null ? '–' : number(diamonds.value)}</dd></div>
    <div><dt>${t('studio.onAirFor')}</dt><dd data-testid="on-air-for">${minutes(seconds)}</dd></div>
  </dl>`;
}

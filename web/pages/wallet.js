// @ts-check
/** One's own money: what there is, coins to buy, every movement, and for hosts the way out. */
import { me } from '../account.js';
import { money } from '../api/money.js';
import { html, useCallback, useEffect, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { Debts, Purchases } from '../money/purchases.js';
import { Statement } from '../money/statement.js';
import { Paying, TopUp } from '../money/top_up.js';
import { Withdrawals } from '../money/withdrawals.js';
import { Failed } from '../parts/states.js';
import { TopBar } from '../parts/top_bar.js';
import { place } from '../place.js';
import { coins, diamonds, loadCatalogue, loadWallet } from '../wallet.js';
import { SignIn } from './login.js';

/** @typedef {import('../api/money.js').Packages} Packages */

/** @param {{error: unknown, again: () => void}} properties */
function Balances({ error, again }) {
  if (coins.value === null && error !== null) return html`<${Failed} name="balance" error=${error} again=${again} />`;
  return html`<dl class="record balances">
    <div><dt>${t('wallet.coins')}</dt><dd data-testid="wallet-coins" data-amount=${coins.value ?? ''}>${coins.value === null ? '–' : number(coins.value)}</dd></div>
    <div><dt>${t('wallet.diamonds')}</dt><dd data-testid="wallet-diamonds" data-amount=${diamonds.value ?? ''}>${diamonds.value === null ? '–' : number(diamonds.value)}</dd></div>
  </dl>`;
}

function Own() {
  const [sold, setSold] = useState(/** @type {Packages | null} */ (null));
  const [unsold, setUnsold] = useState(/** @type {unknown} */ (null));
  const [unheld, setUnheld] = useState(/** @type {unknown} */ (null));
  const [version, setVersion] = useState(0);
  const askSold = useCallback(() => {
    setUnsold(null);
    money.packages().then(setSold, setUnsold);
  }, []);
  useEffect(() => {
    loadCatalogue().catch((error) => console.debug('the names of gifts are not known', error));
    askSold();
  }, []);
  const askBalance = useCallback(() => {
    loadWallet().then(() => setUnheld(null), setUnheld);
  }, []);
  useEffect(askBalance, [version]);
  const changed = useCallback(() => setVersion((now) => now + 1), []);
  const here = place.value;
  const pay = here.page === 'wallet' ? here.pay : null;
  return html`<main class="wallet" data-testid="wallet">
    <h1>${t('wallet.title')}</h1>
    <${Balances} error=${unheld} again=${askBalance} />
    <${Debts} version=${version} />
    ${pay !== null && html`<${Paying} key=${pay} id=${pay} test=${sold?.test ?? false} settled=${changed} />`}
    <${TopUp} sold=${sold} error=${unsold} again=${askSold} />
    <${Purchases} key=${pay} version=${version} />
    ${me.value?.roles.includes('host') && html`<${Withdrawals} version=${version} changed=${changed} />`}
    <${Statement} version=${version} />
  </main>`;
}

export function WalletPage() {
  return html`<div class="page">
    <${TopBar} />
    ${me.value === null ? html`<main class="lone"><h1>${t('wallet.signIn')}</h1><${SignIn} first="login" /></main>` : html`<${Own} key=${me.value.user} />`}
  </div>`;
}

// @ts-check
/** The page's beginning: words, sign-in, address, and the page that the address means. */
import { bearer, remember } from './account.js';
import { whep } from './api/addresses.js';
import { followWishes } from './giving/giving.js';
import { html, render } from './html.js';
import { speakPreferred, t } from './i18n.js';
import { beginToWatch } from './media/head_start.js';
import { LobbyPage } from './pages/lobby.js';
import { LoginPage } from './pages/login.js';
import { RoomPage } from './pages/room.js';
import { HostDialog } from './parts/host_dialog.js';
import { Toasts } from './parts/toasts.js';
import { followAddress, place } from './place.js';
import { followRelations } from './relations.js';
import { effect, signal, untracked } from './vendor/signals-core.js';
import { followAccount } from './wallet.js';

/** Pages that few people open are fetched when they are. */
const LATER = {
  studio: () => import('./pages/studio.js').then((module) => module.StudioPage),
  admin: () => import('./pages/admin.js').then((module) => module.AdminPage),
  wallet: () => import('./pages/wallet.js').then((module) => module.WalletPage),
};
const fetched = signal(/** @type {Record<string, any>} */ ({}));

/** @param {{name: keyof typeof LATER}} properties */
function Later({ name }) {
  const Page = fetched.value[name];
  if (Page) return html`<${Page} />`;
  LATER[name]().then(
    (page) => {
      fetched.value = { ...fetched.value, [name]: page };
    },
    (error) => console.error('the page did not come', error),
  );
  return html`<main class="lone" aria-busy="true"><span class="ring-wait"></span></main>`;
}

function Page() {
  const here = place.value;
  switch (here.page) {
    case 'lobby':
      return html`<${LobbyPage} />`;
    case 'room':
      return html`<${RoomPage} key=${here.room} room=${here.room} />`;
    case 'login':
      return html`<${LoginPage} next=${here.next} />`;
    case 'studio':
    case 'admin':
    case 'wallet':
      return html`<${Later} name=${here.page} />`;
    default:
      return html`<main class="lone"><h1>${t('lost')}</h1><a class="button" href="/">${t('room.toLobby')}</a></main>`;
  }
}

/** A room's picture is asked for before the room is drawn. */
function watchAhead() {
  const here = place.value;
  if (here.page === 'room') beginToWatch(whep(here.room), untracked(bearer));
}

async function begin() {
  await speakPreferred();
  followAccount();
  followRelations();
  await remember();
  followWishes();
  followAddress();
  effect(watchAhead);
  const root = document.getElementById('app');
  if (root === null) throw new Error('the page has no place to draw on');
  render(html`<${Page} /><${HostDialog} /><${Toasts} />`, root);
}

begin().catch((error) => {
  console.error(error);
  document.body.append('Ringside could not start: reload the page.');
});

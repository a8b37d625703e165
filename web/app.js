// @ts-check
/** The page's beginning: words, sign-in, address, and the page that the address means. */
import { bearer, remember } from './account.js';
import { useArrival } from './arrival.js';
import { whep } from './api/addresses.js';
import { followWishes } from './giving/giving.js';
import { html, render, useLayoutEffect } from './html.js';
import { speakPreferred, t } from './i18n.js';
import { beginToWatch } from './client/media/head_start.js';
import { missing, open, opened } from './pages/opened.js';
import { HostDialog } from './parts/shown_host.js';
import { Failed } from './parts/states.js';
import { toast, Toasts } from './parts/toasts.js';
import { followAddress, isStage, place, placeOf } from './place.js';
import { followRelations } from './relations.js';
import { named, titleOf } from './title.js';
import { effect, untracked } from './vendor/signals-core.js';
import { followAccount } from './wallet.js';

// Some browsers remember that a module did not come: then only a new page asks for it again.
const MISSES = 2;

/** @param {{name: import('./pages/table.js').PageName, times: number}} properties */
function Missing({ name, times }) {
  const reload = times >= MISSES;
  return html`<main class="lone"><${Failed} name="page" error=${{ code: 'page-missing' }} way=${t(reload ? 'list.reload' : 'list.again')} again=${() => (reload ? location.reload() : open(name))} /></main>`;
}

/** @param {{here: Exclude<import('./place.js').Place, {page: 'lost'}>}} properties */
function Opened({ here }) {
  const Drawn = opened.value[here.page];
  const times = missing.value[here.page] ?? 0;
  useLayoutEffect(() => {
    open(here.page);
  }, [here.page]);
  useArrival(Boolean(Drawn));
  if (Drawn) return html`<${Drawn} ...${here} />`;
  if (times > 0) return html`<${Missing} name=${here.page} times=${times} />`;
  return html`<main class="lone" aria-busy="true"><span class="ring-wait"></span></main>`;
}

function Lost() {
  useArrival(true);
  return html`<main class="lone"><h1>${t('lost')}</h1><a class="button" href="/">${t('room.toLobby')}</a></main>`;
}

function Page() {
  const here = place.value;
  if (here.page === 'lost') return html`<${Lost} />`;
  return html`<${Opened} key=${here.page === 'room' ? here.room : here.page} here=${here} />`;
}

/** @param {import('./place.js').Place} here */
function dress(here) {
  document.documentElement.toggleAttribute('data-stage', isStage(here));
}

/** A room's picture is asked for before the room is drawn. */
function watchAhead() {
  const here = place.value;
  if (here.page === 'room') beginToWatch(whep(here.room), untracked(bearer));
}

async function begin() {
  const first = placeOf(location.pathname, location.search);
  dress(first);
  if (first.page !== 'lost') open(first.page);
  await speakPreferred();
  followAccount();
  followRelations();
  remember(() => toast(t('signIn.over'), 'bad'));
  followWishes();
  followAddress();
  effect(watchAhead);
  effect(() => dress(place.value));
  effect(() => {
    document.title = titleOf(place.value, named.value);
  });
  const root = document.getElementById('app');
  if (root === null) throw new Error('the page has no place to draw on');
  render(html`<${Page} /><${HostDialog} /><${Toasts} />`, root);
  if (first.page === 'lobby') void open('lobby').then(() => open('room')); // where most people go next
}

begin().catch((error) => {
  console.error(error);
  document.body.append('Ringside could not start: reload the page.');
});

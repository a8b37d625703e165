// @ts-check
/** What the reader looks for among the live rooms. It stays while he is in a room and comes back. */
import { me } from '../account.js';
import { html, signal } from '../html.js';
import { t } from '../i18n.js';
import { CloseIcon, PeopleIcon, SearchIcon } from '../parts/icons.js';
import { followedUsers } from '../relations.js';
import { chosen } from './search.js';

const LONGEST = 80;

export const query = signal('');
const followingOnly = signal(false);

/** Only for who is signed in: somebody else may have left it so. */
export const onlyFollowed = () => followingOnly.value && me.value !== null;

export const lookedForSome = () => query.value.trim() !== '' || onlyFollowed();

export function lookForAll() {
  query.value = '';
  followingOnly.value = false;
}

/** @param {import('../api/rooms.js').LiveRoom[]} rooms */
export function lookedFor(rooms) {
  return chosen(rooms, query.value, onlyFollowed() ? followedUsers.value : null);
}

/** @param {{currentTarget: HTMLInputElement}} event */
const type = (event) => (query.value = event.currentTarget.value);

/** The button goes with the words: whoever pressed it is back in the field. @param {{currentTarget: HTMLElement}} event */
function clear({ currentTarget }) {
  currentTarget.parentElement?.querySelector('input')?.focus();
  query.value = '';
}

export function Filter() {
  return html`<search class="filter">
    <span class="search-field">
      <${SearchIcon} />
      <input type="search" aria-label=${t('lobby.search')} data-testid="lobby-search" maxlength=${LONGEST} autocomplete="off" enterkeyhint="search" placeholder=${t('lobby.searchHint')} value=${query.value} onInput=${type} />
      ${query.value !== '' && html`<button type="button" class="round plain" data-testid="search-clear" aria-label=${t('lobby.clear')} onClick=${clear}><${CloseIcon} /></button>`}
    </span>
    ${me.value !== null && html`<button type="button" class="filter-following" data-testid="following-only" aria-pressed=${followingOnly.value} onClick=${() => (followingOnly.value = !followingOnly.value)}><${PeopleIcon} />${t('relation.following')}</button>`}
  </search>`;
}

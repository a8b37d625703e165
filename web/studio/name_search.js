// @ts-check
/** Finding somebody by the beginning of his name. */
import { accounts } from '../api/accounts.js';
import { html, useEffect, useState } from '../html.js';
import { t, tError } from '../i18n.js';
import { Avatar } from '../parts/avatar.js';
import { typed } from '../parts/form.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */

const PAUSE_MS = 300;

/** Who has such a name; null while it is not known. @param {string} name */
function useFound(name) {
  const [found, setFound] = useState(/** @type {{name: string, people: Person[], error: unknown} | null} */ (null));
  useEffect(() => {
    if (name === '') return undefined;
    let gone = false;
    const timer = setTimeout(() => {
      accounts.search(name).then(
        (people) => gone || setFound({ name, people, error: null }),
        (error) => gone || setFound({ name, people: [], error }),
      );
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [name]);
  return found?.name === name ? found : null;
}

/**
 * @param {{label: string, words: string, omits: (person: Person) => boolean, choose: (person: Person) => Promise<unknown>}} properties `words`: of the button beside each name
 */
export function NameSearch({ label, words, omits, choose }) {
  const [name, setName] = useState('');
  const found = useFound(name.trim());
  const people = found?.people.filter((each) => !omits(each)) ?? [];
  return html`<label>${label}
      <input type="search" data-testid="name-search" value=${name} maxlength="64" autocomplete="off" placeholder=${t('order.searchHint')} onInput=${typed(setName)} />
    </label>
    <div role="status">
      ${name.trim() !== '' && found === null && html`<p class="quiet-words" data-testid="search-waiting">${t('list.waiting')}</p>`}
      ${found !== null && found.error !== null && html`<p class="notice bad" data-testid="search-error">${tError(found.error)}</p>`}
      ${found !== null && found.error === null && people.length === 0 && html`<p class="quiet-words" data-testid="search-nobody">${t('order.nobody')}</p>`}
    </div>
    <ul data-testid="search-found">
      ${people.map(
        (each) => html`<li key=${each.user} class="host-row">
          <${Avatar} name=${each.name} id=${each.user} /><b class="grow">${each.name}</b>
          <button type="button" class="button small" data-testid=${`choose-${each.user}`} aria-label=${`${words} ${each.name}`} onClick=${() => choose(each).then((done) => done && setName(''))}>${words}</button>
        </li>`,
      )}
    </ul>`;
}

// @ts-check
/** Whose card is open. The card itself comes when the first one is wanted. */
import { html } from '../html.js';
import { late } from '../late.js';
import { place } from '../place.js';
import { signal } from '../vendor/signals-core.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */

const shown = signal(/** @type {{person: Person, at: import('../place.js').Place} | null} */ (null));
const Card = late(() => import('./host_dialog.js').then((module) => module.HostCard), ['host']);

/** Open the card of somebody, which goes when the reader goes elsewhere. @param {Person} person */
export function showHost(person) {
  shown.value = { person, at: place.peek() };
}

const close = () => {
  shown.value = null;
};

/** The card that is open, if one is. */
export function HostDialog() {
  const { person, at } = shown.value ?? {};
  return person && at === place.value && html`<${Card} key=${person.user} person=${person} close=${close} />`;
}

// @ts-check
/** Follow somebody, or no more. */
import { me } from '../account.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { follow, followedUsers } from '../relations.js';
import { CheckIcon, PlusIcon } from './icons.js';
import { told } from './told.js';

/** Nothing for oneself, and for who is not signed in. @param {{person: import('../client/feed/messages.js').Person, compact?: boolean}} properties */
export function FollowButton({ person, compact = false }) {
  if (me.value === null || me.value.user === person.user) return null;
  const follows = followedUsers.value.has(person.user);
  const act = () => told(follow(person, !follows));
  if (compact) {
    const words = t(follows ? 'relation.unfollowName' : 'relation.followName', { name: person.name });
    return html`<button class=${`round follow ${follows ? 'follows' : ''}`} data-testid="follow" aria-pressed=${follows} aria-label=${words} title=${words} onClick=${act}>${follows ? html`<${CheckIcon} />` : html`<${PlusIcon} />`}</button>`;
  }
  return html`<button class=${`button small ${follows ? 'ghost' : 'fight'} follow`} data-testid="follow" aria-pressed=${follows} onClick=${act}>
    ${t(follows ? 'relation.following' : 'relation.follow')}
  </button>`;
}

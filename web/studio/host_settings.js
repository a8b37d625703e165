// @ts-check
/** What a host lets others do: who may invite him, whose invitations are accepted at once, and whom he blocks. */
import { hosts } from '../api/battles.js';
import { html, useEffect, useState } from '../html.js';
import { t, tError } from '../i18n.js';
import { Avatar } from '../parts/avatar.js';
import { Choice } from '../parts/choice.js';
import { GearIcon } from '../parts/icons.js';
import { Failed, Waiting } from '../parts/states.js';
import { told } from '../parts/told.js';
import { block, blocked, blockedLost, loadBlocked } from '../relations.js';

/** @typedef {import('../api/battles.js').HostSettings} HostSettings */

const INVITATIONS = /** @type {const} */ (['everyone', 'followed', 'nobody']);
const AUTO_ACCEPT = /** @type {const} */ (['nobody', 'followed', 'everyone']);

/** @param {readonly string[]} values */
const who = (values) => values.map((each) => /** @type {const} */ ([each, t(`who.${each}`)]));

function Blocked() {
  const people = blocked.value;
  return html`<h3>${t('settings.blocked')}</h3>
    ${people === null && (blockedLost.value === null ? html`<${Waiting} />` : html`<${Failed} name="blocked" error=${blockedLost.value} again=${loadBlocked} />`)}
    ${people?.length === 0 && html`<p class="quiet-words" data-testid="blocked-none">${t('settings.nobodyBlocked')}</p>`}
    <ul class="blocked" data-testid="blocked">
      ${(people ?? []).map(
        (person) => html`<li key=${person.user} class="host-row" data-testid=${`blocked-${person.user}`}>
          <${Avatar} name=${person.name} id=${person.user} /><b class="grow">${person.name}</b>
          <button class="button small ghost" aria-label=${t('relation.unblockName', { name: person.name })} data-testid=${`unblock-${person.user}`} onClick=${() => told(block(person, false))}>${t('relation.unblock')}</button>
        </li>`,
      )}
    </ul>`;
}

export function Settings() {
  const [settings, setSettings] = useState(/** @type {HostSettings | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (open) hosts.settings().then(setSettings, setError);
  }, [open]);
  /** @param {Partial<HostSettings>} change */
  const change = async (change) => {
    if (settings === null) return;
    const wanted = { ...settings, ...change };
    setSettings(wanted);
    if (!(await told(hosts.change(wanted).then(setSettings)))) setSettings(settings);
  };
  return html`<details class="panel host-settings" data-testid="host-settings" onToggle=${(/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open)}>
    <summary><${GearIcon} />${t('settings.title')}</summary>
    ${error !== null && html`<p class="notice bad" role="alert">${tError(error)}</p>`}
    ${settings !== null &&
    html`<${Choice} testid="settings-invitations" label=${t('settings.invitations')} options=${who(INVITATIONS)} value=${settings.invitations} set=${(/** @type {HostSettings['invitations']} */ invitations) => change({ invitations })} />
      <${Choice} testid="settings-autoAccept" label=${t('settings.autoAccept')} options=${who(AUTO_ACCEPT)} value=${settings.auto_accept} set=${(/** @type {HostSettings['auto_accept']} */ auto) => change({ auto_accept: auto })} />`}
    ${open && html`<${Blocked} />`}
  </details>`;
}

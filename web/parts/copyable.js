// @ts-check
/** Something to take along: what it is, and a button that copies it and says so, also to who does not see it. */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { CheckIcon, CopyIcon } from './icons.js';
import { told } from './told.js';

const SAID_MS = 3000;

/**
 * `shown` stands for a value that is not to be seen; without a clipboard it can only be read.
 * @param {{label: string, value: string, testid: string, shown?: string}} properties
 */
export function Copyable({ label, value, testid, shown = value }) {
  const [copied, setCopied] = useState('');
  const fresh = copied !== '' && copied === value;
  useEffect(() => {
    if (copied === '') return undefined;
    const timer = setTimeout(() => setCopied(''), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    if (await told(navigator.clipboard.writeText(value))) setCopied(value);
  };
  return html`<div class="copyable">
    <span class="copyable-label">${label}</span>
    <code data-testid=${testid}>${shown}</code>
    ${navigator.clipboard && html`<button type="button" class="round plain" aria-label=${t('key.copy', { what: label })} data-testid=${`copy-${testid}`} data-copied=${fresh} onClick=${copy}>${fresh ? html`<${CheckIcon} />` : html`<${CopyIcon} />`}</button>`}
    <span class="sr-only" role="status" data-testid=${`copied-${testid}`}>${fresh ? t('key.copied', { what: label }) : ''}</span>
  </div>`;
}

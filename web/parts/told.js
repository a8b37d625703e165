// @ts-check
/** An act whose failure is told to the reader in his words. */
import { tError } from '../i18n.js';
import { toast } from './toasts.js';

/**
 * Say what went wrong, and whether it went well.
 * @param {Promise<unknown>} act
 * @param {(problem: Record<string, any>) => string | undefined} [about] the name of whom a refusal is about
 */
export async function told(act, about) {
  try {
    await act;
    return true;
  } catch (error) {
    const name = about?.(/** @type {{problem?: Record<string, any>}} */ (error).problem ?? {});
    toast(name ? `${name}: ${tError(error)}` : tError(error), 'bad');
    return false;
  }
}

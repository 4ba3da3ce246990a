/** Whether this process runs with the rights of an administrator. Changes nothing. */
import koffi from 'koffi';

/** IsUserAnAdmin of shell32.dll: membership that is in effect, so false for an administrator who did not agree to it. */
export function isElevated(): boolean {
  const isUserAnAdmin = koffi.load('shell32.dll').func('int IsUserAnAdmin()') as () => number;
  return isUserAnAdmin() !== 0;
}

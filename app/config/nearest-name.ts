/** Which known word was probably meant: for messages about a field that does not exist. Pure; no field is known here. */

/** The known word with the fewest wrong letters, at most a third of the word; undefined when none is near. */
export function nearestName(written: string, known: readonly string[]): string | undefined {
  const word = written.toLowerCase().slice(0, 40);
  let best: string | undefined;
  let fewest = Infinity;
  for (const name of known) {
    const distance = editDistance(word, name.toLowerCase());
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && distance < fewest) {
      best = name;
      fewest = distance;
    }
  }
  return best;
}

/** Letters to insert, remove or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

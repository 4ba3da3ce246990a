/** A row of choices of which one holds. */
import type { ReactNode } from 'react';

export type Choice<T extends string> = { readonly value: T; readonly label: string };

type Props<T extends string> = { readonly label: string; readonly choices: readonly Choice<T>[]; readonly value: T; readonly onChoose: (value: T) => void };

export function Segmented<T extends string>({ label, choices, value, onChoose }: Props<T>): ReactNode {
  return (
    <fieldset className="seg">
      <legend className="sr">{label}</legend>
      {choices.map((choice) => (
        <button key={choice.value} type="button" aria-pressed={choice.value === value} onClick={() => onChoose(choice.value)}>
          {choice.label}
        </button>
      ))}
    </fieldset>
  );
}

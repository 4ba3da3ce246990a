/** One of a few, all of them in sight. The browser's own radio buttons: arrow keys walk and choose, however short the key is held. */
import { useId, type ReactNode } from 'react';

export type Choice<T extends string> = { readonly value: T; readonly label: string };

type Props<T extends string> = {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
  readonly disabled?: boolean;
  readonly describedBy?: string;
};

export function Choices<T extends string>({ label, choices, value, onChoose, disabled = false, describedBy }: Props<T>): ReactNode {
  const name = useId();
  return (
    <div className="seg" role="radiogroup" aria-label={label} aria-describedby={describedBy}>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input type="radio" name={name} value={choice.value} checked={choice.value === value} disabled={disabled} onChange={() => onChoose(choice.value)} />
          {choice.label}
        </label>
      ))}
    </div>
  );
}

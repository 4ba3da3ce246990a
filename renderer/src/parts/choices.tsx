/** One of a few, all of them in sight: arrow keys walk and choose, as with any group of radio buttons. */
import { RadioGroup } from 'radix-ui';
import type { ReactNode } from 'react';
import type { Choice } from './segmented.tsx';

type Props<T extends string> = {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
  readonly disabled?: boolean;
  readonly describedBy?: string;
  readonly testId?: string;
};

export function Choices<T extends string>({ label, choices, value, onChoose, disabled = false, describedBy, testId }: Props<T>): ReactNode {
  const chosen = (id: string): void => {
    const found = choices.find((choice) => choice.value === id);
    if (found !== undefined) onChoose(found.value);
  };
  return (
    <RadioGroup.Root className="seg" aria-label={label} aria-describedby={describedBy} value={value} onValueChange={chosen} disabled={disabled} data-testid={testId}>
      {choices.map((choice) => (
        <RadioGroup.Item key={choice.value} value={choice.value} data-choice={choice.value}>
          {choice.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}

/**
 * A reporter for vitest: what passed only when it ran a second time, each with the error of its first time. Tests of real
 * programs on a shared machine are run twice before they fail; this keeps such a second run from being silent.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class SecondRuns implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const told = modules.flatMap((module) => [...module.children.allTests('passed')].filter((test) => test.diagnostic()?.flaky === true).map((test) => tell(module, test)));
    if (told.length > 0) process.stdout.write(`\nPassed only at the second run (${told.length}), so look at each:\n${told.join('\n')}\n`);
  }
}

function tell(module: TestModule, test: TestCase): string {
  const errors = test.result().errors ?? [];
  return `  ${module.relativeModuleId} > ${test.fullName}\n${errors.map(({ message }) => `      ${message.split('\n')[0] ?? ''}`).join('\n')}`;
}

import { describe, expect, it } from 'vitest';
import { parametersText, type StreamedGroup } from '../../lib/fhir/parameters.ts';

async function textOf(groups: readonly StreamedGroup[]): Promise<string> {
  let text = '';
  for await (const piece of parametersText(groups)) text += piece;
  return text;
}

describe('parametersText', () => {
  it.each<readonly [string, readonly StreamedGroup[], object]>([
    ['nothing', [], {}],
    ['a group without parts', [{ name: 'a', part: [] }], { parameter: [{ name: 'a' }] }],
    [
      'batches, empty ones too, with quotes and line ends in the values',
      [{ name: 'a', part: [[], [{ name: 'x', valueString: '"\n' }], [], [{ name: 'y', valueBoolean: false }]] }],
      {
        parameter: [
          {
            name: 'a',
            part: [
              { name: 'x', valueString: '"\n' },
              { name: 'y', valueBoolean: false },
            ],
          },
        ],
      },
    ],
    [
      'groups with extensions',
      [
        { name: 'a', part: [[{ name: 'x', valueString: '1' }]], extension: [{ url: 'http://u', valueCode: 'c' }] },
        { name: 'b', part: [[{ name: 'x', valueString: '2' }]], extension: [] },
      ],
      {
        parameter: [
          { name: 'a', part: [{ name: 'x', valueString: '1' }], extension: [{ url: 'http://u', valueCode: 'c' }] },
          { name: 'b', part: [{ name: 'x', valueString: '2' }] },
        ],
      },
    ],
  ])('writes %s', async (_what, groups, expected) => {
    expect(await textOf(groups)).toBe(JSON.stringify({ resourceType: 'Parameters', ...expected }));
  });
});

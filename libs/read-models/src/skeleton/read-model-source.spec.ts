import { runInThisContext } from 'node:vm';
import * as events from '@perennial/events';
import * as testing from '@perennial/testing';
import { transformSync } from '@swc/core';
import * as readModels from '../index.js';
import { placeOf, readModelSources } from './read-model-source.js';

/** Runs a source as a module, with the libraries and the modules that ran before it. */
function run(source: string, modules: Record<string, object>): object {
  const { code } = transformSync(source, {
    swcrc: false,
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'commonjs' },
  });
  const exported = {};
  const evaluate = runInThisContext(`(function (require, exports, it) { ${code}\n})`) as (
    ...scope: unknown[]
  ) => void;
  evaluate((name: string) => modules[name], exported, it);
  return exported;
}

describe.each([
  ['retention/visits/visits', 'page.viewed'],
  ['interactions/returned-goods/product-categories', 'order.returned'],
])('a new read model %s', (place, eventName) => {
  const modules: Record<string, object> = {
    '@perennial/events': events,
    '@perennial/read-models': readModels,
    '@perennial/testing': testing,
  };
  for (const [path, source] of readModelSources(placeOf(place), eventName)) {
    const file = path.split('/').at(-1)?.replace(/\.ts$/, '.js');
    modules[`./${file}`] = run(source, modules);
  }

  it('lies in its concept', () => {
    const [service, ...rest] = place.split('/');
    expect([...readModelSources(placeOf(place), eventName).keys()][0]).toBe(
      `apps/${service}/src/${rest.join('/')}.facts.ts`,
    );
  });
});

it.each(['visits', 'retention/visits', 'retention/visits/visit', '../x/visits', 'retention/Visits/visits'])(
  'refuses %s as a place',
  (text) => {
    expect(() => placeOf(text)).toThrow('is no place of a read model');
  },
);

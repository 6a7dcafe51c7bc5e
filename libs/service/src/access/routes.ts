import { RequestMethod, type INestApplication } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ALLOWED, type Allowed } from './allow.js';

export interface DeclaredRoute {
  method: string;
  path: string;
  /** Undefined: nothing is declared, so everybody is refused. */
  allowed: Allowed[] | undefined;
}

/** Every route of an application and who may call it, sorted by path. */
export function routesOf(app: INestApplication): DeclaredRoute[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  const routes = controllers.flatMap(({ metatype }) =>
    typeof metatype === 'function' ? routesOfController(metatype) : [],
  );
  return routes.sort((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method));
}

function routesOfController(controller: { prototype?: object }): DeclaredRoute[] {
  const prototype = (controller.prototype ?? {}) as Record<string, object>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name]!;
    const paths = Reflect.getMetadata(PATH_METADATA, handler) as string | string[] | undefined;
    if (paths === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number] ?? 'ALL';
    const allowed = (Reflect.getMetadata(ALLOWED, handler) ?? Reflect.getMetadata(ALLOWED, controller)) as
      Allowed[] | undefined;
    const prefixes = [Reflect.getMetadata(PATH_METADATA, controller) as string | string[] | undefined].flat();
    return prefixes.flatMap((prefix) =>
      [paths].flat().map((path) => ({ method, path: joined(prefix ?? '', path), allowed })),
    );
  });
}

const joined = (...parts: string[]) => `/${parts.join('/')}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');

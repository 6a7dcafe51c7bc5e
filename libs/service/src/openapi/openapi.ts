import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { Allowed } from '../access/allow.js';
import { routesOf } from '../access/routes.js';
import { SERVICE, type ServiceDescription } from './service.decorator.js';

/** The OpenAPI document of each service in the application, by its name. */
export function openApiDocuments(app: NestFastifyApplication): Map<string, OpenAPIObject> {
  return new Map(
    servicesOf(app).map(({ module, name, description }) => {
      const outline = new DocumentBuilder()
        .setOpenAPIVersion('3.1.0')
        .setTitle(`Perennial ${name}`)
        .setDescription(description)
        .setVersion('1')
        .addBearerAuth({
          type: 'http',
          scheme: 'bearer',
          description: 'A token whose roles the route allows.',
        })
        .addBasicAuth({
          type: 'http',
          scheme: 'basic',
          description: 'A write key as the user, for publishers.',
        })
        .build();
      const document = SwaggerModule.createDocument(app, outline, {
        include: [module],
        deepScanRoutes: true,
      });
      return [name, withAccess(document, app)];
    }),
  );
}

/** Serves them, to anyone: they describe what is public knowledge. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  // Made on the first request: most processes are never asked.
  let documents: Map<string, OpenAPIObject> | undefined;
  for (const { name } of servicesOf(app)) {
    fastify.get(`/api/${name}/openapi.json`, (_request, reply) => {
      documents ??= openApiDocuments(app);
      return reply.send(documents.get(name));
    });
  }
}

const servicesOf = (app: NestFastifyApplication) =>
  [...app.get(ModulesContainer).values()].flatMap(({ metatype: module }) => {
    const service = Reflect.getMetadata(SERVICE, module) as ServiceDescription | undefined;
    return service ? [{ module, ...service }] : [];
  });

/** Adds to each operation who may call it and how problems are answered, from what the routes declare. */
function withAccess(document: OpenAPIObject, app: NestFastifyApplication): OpenAPIObject {
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema },
  };
  for (const { method, path, allowed = [] } of routesOf(app)) {
    const item = document.paths[path.replace(/:(\w+)/g, '{$1}')] as Record<string, Operation> | undefined;
    const operation = item?.[method.toLowerCase()];
    if (!operation) continue;
    operation.security = securityOf(allowed);
    operation['x-allowed'] = allowed;
    operation.responses.default = {
      description: 'A problem (RFC 9457).',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return document;
}

interface Operation {
  security?: Record<string, string[]>[];
  'x-allowed'?: Allowed[];
  responses: Record<string, object>;
}

const securityOf = (allowed: Allowed[]): Record<string, string[]>[] =>
  allowed.includes('anyone')
    ? []
    : [{ bearer: [] }, ...(allowed.includes('publisher') ? [{ basic: [] }] : [])];

const text = { type: 'string' };

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'instance'],
  properties: {
    type: { ...text, format: 'uri' },
    title: text,
    status: { type: 'integer' },
    detail: text,
    code: { ...text, description: 'What programs branch on.' },
    instance: { ...text, description: "The request's id, which the log has, too." },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { field: text, messages: { type: 'array', items: text } } },
    },
  },
};

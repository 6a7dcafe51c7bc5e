import { HttpCode, applyDecorators, type Type } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

/**
 * What a handler answers, for OpenAPI, and with which status: `@Answers(Lead)`, `@Answers([Lead])`,
 * `@Answers(Lead, { status: 201 })`. Return types are gone at run time, where they are promises.
 */
export const Answers = (type: Type | [Type], { status = 200, description = 'Success.' } = {}) =>
  applyDecorators(HttpCode(status), ApiResponse({ status, description, type }));

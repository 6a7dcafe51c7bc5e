import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Allow, ifChanged, RequestProblem } from '@perennial/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageFiles } from './page.files.js';

/** Only our own scripts, styles and APIs; nothing from elsewhere, nothing inline, in nobody's frame. */
const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** The web page. Anyone may have it; what it shows comes from APIs that ask who calls. */
@ApiExcludeController()
@Controller()
@Allow('anyone')
export class PageController {
  private readonly files = pageFiles();

  @Get()
  page(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.answer('index.html', request, reply);
  }

  @Get('console/:file')
  file(
    @Param('file') name: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.answer(name, request, reply);
  }

  private answer(name: string, request: FastifyRequest, reply: FastifyReply): Buffer | undefined {
    const file = this.files.get(name);
    if (!file) throw new RequestProblem(404, 'not-found', 'The page has no such file.');
    void reply.type(file.type).header('content-security-policy', SECURITY_POLICY);
    return ifChanged(request, reply, file.content, file.etag);
  }
}

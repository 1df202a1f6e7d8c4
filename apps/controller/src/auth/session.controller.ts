import { Body, Controller, Delete, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { routes, sessionRequestSchema, type SessionDocument, type SessionRequest } from '@octet/protocol';
import type { Request, Response } from 'express';
import { ZodPipe } from '../edge/zod.pipe.js';
import { Public, requireRole } from './auth.guard.js';
import { issueSession, roleOfToken, sessionCookie, TOKENS, type Tokens } from './tokens.js';

/** Exchanges the admin token for an HttpOnly cookie, so that a browser never stores the token itself. */
@Controller()
export class SessionController {
  constructor(@Inject(TOKENS) private readonly tokens: Tokens) {}

  @Public()
  @Post(routes.session)
  @HttpCode(200)
  open(
    @Body(new ZodPipe(sessionRequestSchema)) body: SessionRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): SessionDocument {
    const role = requireRole(roleOfToken(this.tokens, body.token), ['admin']);
    const session = issueSession(this.tokens, role, Date.now());
    response.cookie(sessionCookie, session.value, {
      httpOnly: true,
      sameSite: 'strict',
      secure: request.secure,
      path: '/',
      expires: session.expiresAt,
    });
    return { schemaVersion: 1, role, expiresAt: session.expiresAt.toISOString() };
  }

  @Public()
  @Delete(routes.session)
  @HttpCode(204)
  close(@Res({ passthrough: true }) response: Response): void {
    response.clearCookie(sessionCookie, { httpOnly: true, sameSite: 'strict', path: '/' });
  }
}

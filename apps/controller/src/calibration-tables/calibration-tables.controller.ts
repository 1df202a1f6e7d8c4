import { Controller, Get, Param, Put, Req, Res } from '@nestjs/common';

import type { Request, Response } from 'express';
import { Roles } from '../auth/auth.guard.js';
import { readBody } from '../edge/read-body.js';
import { CalibrationTablesService } from './calibration-tables.service.js';

const path = '/api/calibration-tables/:key';
const maxTableBytes = 64 * 2 ** 20;

@Controller()
@Roles('admin', 'agent')
export class CalibrationTablesController {
  constructor(private readonly tables: CalibrationTablesService) {}

  /** Answers 200 with the table that counts, be it this one (`stored`) or the one that came first. */
  @Put(path)
  async put(@Param('key') key: string, @Req() request: Request) {
    const { sha256, stored } = await this.tables.put(key, await readBody(request, maxTableBytes));
    return { schemaVersion: 1, key, sha256, stored };
  }

  @Get(path)
  async get(@Param('key') key: string, @Res() response: Response): Promise<void> {
    const { content, sha256 } = await this.tables.get(key);
    response.set({ 'Content-Type': 'application/json', ETag: `"${sha256}"` }).send(content);
  }
}

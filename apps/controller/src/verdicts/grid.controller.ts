import { Controller, Get } from '@nestjs/common';
import { routes } from '@octet/protocol';
import { GridService } from './grid.service.js';

@Controller()
export class GridController {
  constructor(private readonly grid: GridService) {}

  @Get(routes.grid)
  read() {
    return this.grid.read();
  }
}

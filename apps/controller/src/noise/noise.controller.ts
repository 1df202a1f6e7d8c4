import { Controller, Get } from '@nestjs/common';
import { routes } from '@octet/protocol';
import { NoiseService } from './noise.service.js';

@Controller()
export class NoiseController {
  constructor(private readonly noise: NoiseService) {}

  @Get(routes.noise)
  read() {
    return this.noise.read();
  }
}

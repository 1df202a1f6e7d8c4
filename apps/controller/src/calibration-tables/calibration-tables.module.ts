import { Module } from '@nestjs/common';
import { CalibrationTablesController } from './calibration-tables.controller.js';
import { CalibrationTablesService } from './calibration-tables.service.js';

@Module({ controllers: [CalibrationTablesController], providers: [CalibrationTablesService] })
export class CalibrationTablesModule {}

import { testInstalledWith } from './installed.ts';

testInstalledWith('26');

import { suiteOfPart } from './suite.ts';

await suiteOfPart(0, 4);

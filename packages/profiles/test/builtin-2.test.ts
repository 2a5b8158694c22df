import { suiteOfPart } from './suite.ts';

await suiteOfPart(1, 4);

import { suiteOfPart } from './suite.ts';

await suiteOfPart(2, 4);

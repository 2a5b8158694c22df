import { suiteOfPart } from './suite.ts';

await suiteOfPart(3, 4);

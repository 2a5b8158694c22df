/** Shows the page. */
import '@mantine/core/styles.css';
import './theme/tokens.css';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { reloadWhenFilesAreMissing } from './app/missing-file.tsx';

const nonce = document.querySelector<HTMLElement>('meta[property=csp-nonce]')?.nonce ?? '';
setNonce(nonce);
reloadWhenFilesAreMissing();
createRoot(document.getElementById('root') as HTMLElement).render(<App nonce={nonce} />);

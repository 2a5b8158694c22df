import '@mantine/core/styles.css';
import './theme/tokens.css';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';

const nonce = document.querySelector<HTMLElement>('meta[property=csp-nonce]')?.nonce ?? '';
setNonce(nonce);
createRoot(document.getElementById('root') as HTMLElement).render(<App nonce={nonce} />);

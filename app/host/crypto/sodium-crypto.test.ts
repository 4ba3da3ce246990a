import { cryptoCompliance } from '../../../tests/compliance/crypto.ts';
import { createSodiumCrypto } from './sodium-crypto.ts';

cryptoCompliance('sodium', createSodiumCrypto);

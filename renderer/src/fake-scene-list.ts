/** Every state that the fake engine knows, by name. Only for tests. */
import { accountScenes } from './fake-account-scenes.ts';
import { osScenes } from './fake-os-scenes.ts';
import { meshScenes } from './fake-mesh-scenes.ts';
import { tunnelScenes } from './fake-scenes.ts';
import { shellScenes } from './fake-shell-scenes.ts';

export const scenes = { ...tunnelScenes, ...accountScenes, ...meshScenes, ...osScenes, ...shellScenes };

export type SceneName = keyof typeof scenes;
export const isScene = (name: string): name is SceneName => Object.hasOwn(scenes, name);

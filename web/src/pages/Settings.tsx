import { Tabs } from '@mantine/core';
import { useLocation } from 'wouter';
import { useMay } from '../api/queries';
import { T } from '../text';
import { Page } from '../ui/basics';
import { About } from './About';
import { Keys } from './Keys';
import { Tokens } from './Tokens';

/** Settings: tokens for those who manage, and what this program is. */
export default function Settings({ tab }: { tab: string }) {
  const [, go] = useLocation();
  const may = useMay();
  const shown = (tab === 'tokens' || tab === 'keys') && may('manage') ? tab : 'about';
  return (
    <Page title={T.settings.title}>
      <Tabs value={shown} onChange={(v) => go(`/settings/${v}`)} keepMounted={false}>
        <Tabs.List>
          {may('manage') && <Tabs.Tab value="tokens">{T.settings.tokens}</Tabs.Tab>}
          {may('manage') && <Tabs.Tab value="keys">{T.settings.keys}</Tabs.Tab>}
          <Tabs.Tab value="about">{T.settings.about}</Tabs.Tab>
        </Tabs.List>
        {may('manage') && <Tabs.Panel value="tokens" pt="md"><Tokens /></Tabs.Panel>}
        {may('manage') && <Tabs.Panel value="keys" pt="md"><Keys /></Tabs.Panel>}
        <Tabs.Panel value="about" pt="md"><About /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

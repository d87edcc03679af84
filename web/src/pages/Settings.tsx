import { Tabs } from '@mantine/core';
import { useLocation } from 'wouter';
import { useMay } from '../api/queries';
import { T } from '../text';
import { Page } from '../ui/basics';
import { About } from './About';
import { Tokens } from './Tokens';

/** Settings: tokens for those who manage, and what this program is. */
export default function Settings({ tab }: { tab: string }) {
  const [, go] = useLocation();
  const may = useMay();
  const shown = tab === 'tokens' && may('manage') ? 'tokens' : 'about';
  return (
    <Page title={T.settings.title}>
      <Tabs value={shown} onChange={(v) => go(`/settings/${v}`)} keepMounted={false}>
        <Tabs.List>
          {may('manage') && <Tabs.Tab value="tokens">{T.settings.tokens}</Tabs.Tab>}
          <Tabs.Tab value="about">{T.settings.about}</Tabs.Tab>
        </Tabs.List>
        {may('manage') && <Tabs.Panel value="tokens" pt="md"><Tokens /></Tabs.Panel>}
        <Tabs.Panel value="about" pt="md"><About /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

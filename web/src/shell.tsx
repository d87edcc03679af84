import { ActionIcon, AppShell, Box, Burger, Button, Group, Menu, NavLink, Text, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { api, ask } from './api/client';
import { become, useMay, useSession } from './api/queries';
import { T } from './text';
import { Icon, type IconName, Logo } from './ui/icons';

const Jump = lazy(() => import('./ui/jump'));

const places: { to: string; icon: IconName; label: string; needs: string }[] = [
  { to: '/', icon: 'home', label: T.nav.home, needs: 'read' },
  { to: '/integrations', icon: 'integrations', label: T.nav.integrations, needs: 'read' },
  { to: '/connections', icon: 'connections', label: T.nav.connections, needs: 'read' },
  { to: '/runs', icon: 'runs', label: T.nav.runs, needs: 'read' },
  { to: '/files', icon: 'files', label: T.nav.files, needs: 'read' },
  { to: '/worker', icon: 'worker', label: T.nav.worker, needs: 'read' },
  { to: '/secrets', icon: 'secrets', label: T.nav.secrets, needs: 'manage' },
  { to: '/audit', icon: 'audit', label: T.nav.audit, needs: 'read' },
  { to: '/settings/tokens', icon: 'settings', label: T.nav.settings, needs: '' },
];

const isAt = (path: string, to: string) => (to === '/' ? path === '/' : path.startsWith(`/${to.split('/')[1]}`));

export function Shell({ children }: { children: ReactNode }) {
  const [menu, { toggle, close }] = useDisclosure();
  const [jump, setJump] = useState(false);
  const [path] = useLocation();
  const main = useRef<HTMLDivElement>(null);
  const first = useRef(true);
  const may = useMay();
  useHotkeys([['mod+K', () => setJump(true)]], []);
  useEffect(() => {
    close();
    if (first.current) {
      first.current = false;
      return;
    }
    // A new page begins at its top, for eyes and for keyboards.
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path, close]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !menu } }} padding={{ base: 'sm', sm: 'lg' }}>
      <a className="skip" href="#main">{T.skip}</a>
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={menu} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={T.nav.menu} />
            <Link href="/" className="brand" aria-label={T.nav.homeLink}>
              <Logo />
              <Text fw={700} size="lg" component="span" visibleFrom="xs">Fairlead</Text>
            </Link>
          </Group>
          <Group gap={6} wrap="nowrap">
            {may('read') && (
              <Button variant="default" size="xs" leftSection={<Icon name="search" size={15} />} onClick={() => setJump(true)} aria-keyshortcuts="Control+K">
                {T.jump.open}
                <Text span size="xs" c="dimmed" ml={8} visibleFrom="sm">{T.jump.keys}</Text>
              </Button>
            )}
            <Scheme />
            <Who />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={T.nav.label}>
        {places.filter((p) => !p.needs || may(p.needs)).map((p) => (
          <NavLink key={p.to} component={Link} href={p.to} label={p.label} leftSection={<Icon name={p.icon} />} active={isAt(path, p.to)} aria-current={isAt(path, p.to) ? 'page' : undefined} variant="light" color="sea" c="var(--mantine-color-text)" />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        <Box id="main" ref={main} tabIndex={-1} maw={1240} mx="auto">{children}</Box>
      </AppShell.Main>
      {jump && (
        <Suspense fallback={null}>
          <Jump close={() => setJump(false)} />
        </Suspense>
      )}
    </AppShell>
  );
}

export function Scheme() {
  const { setColorScheme } = useMantineColorScheme();
  const now = useComputedColorScheme('light');
  const next = now === 'dark' ? 'light' : 'dark';
  return (
    <Tooltip label={T.scheme[next]}>
      <ActionIcon variant="default" size="lg" onClick={() => setColorScheme(next)} aria-label={T.scheme[next]}>
        <Icon name={now === 'dark' ? 'sun' : 'moon'} />
      </ActionIcon>
    </Tooltip>
  );
}

function Who() {
  const who = useSession().data?.identity;
  const leave = async () => {
    await ask(api.DELETE('/api/v1/session')).catch(() => undefined); // it may have ended already
    become({ signedIn: false });
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="xs" maw={170} aria-label={T.who.label(who?.name ?? '')}>{who?.name}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="dimmed">{T.who.scopes((who?.scopes ?? []).join(', '))}</Menu.Label>
        <Menu.Item leftSection={<Icon name="out" />} onClick={() => void leave()}>{T.who.out}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

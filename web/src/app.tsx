import { Center, Container, Loader } from '@mantine/core';
import { lazy, Suspense, useEffect } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { onSignedOut } from './api/client';
import { become, useSession } from './api/queries';
import { Guard } from './guard';
import { Home } from './pages/Home';
import { NotFound } from './pages/NotFound';
import { SignIn } from './pages/SignIn';
import { Shell } from './shell';
import { T } from './text';
import { Fault, Loading } from './ui/basics';

const Integrations = lazy(() => import('./pages/Integrations'));
const IntegrationPage = lazy(() => import('./pages/IntegrationPage'));
const CommandPage = lazy(() => import('./pages/CommandPage'));
const Connections = lazy(() => import('./pages/Connections'));
const ConnectionPage = lazy(() => import('./pages/ConnectionPage'));
const NewConnection = lazy(() => import('./pages/NewConnection'));
const Runs = lazy(() => import('./pages/Runs'));
const RunPage = lazy(() => import('./pages/RunPage'));
const Files = lazy(() => import('./pages/Files'));
const FilePage = lazy(() => import('./pages/FilePage'));
const Secrets = lazy(() => import('./pages/Secrets'));
const Worker = lazy(() => import('./pages/Worker'));
const Audit = lazy(() => import('./pages/Audit'));
const Settings = lazy(() => import('./pages/Settings'));

export function App() {
  const session = useSession();
  useEffect(() => onSignedOut(() => become({ signedIn: false })), []);
  if (session.isPending)
    return (
      <Center h="100vh">
        <Loader aria-label={T.loading} />
      </Center>
    );
  if (session.isError)
    return (
      <Container size="sm" py="xl">
        <Fault error={session.error} retry={() => void session.refetch()} />
      </Container>
    );
  if (!session.data.signedIn) return <SignIn />;
  return (
    <Shell>
      <Guard>
        <Suspense fallback={<Loading lines={8} />}>
          <Pages />
        </Suspense>
      </Guard>
    </Shell>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={Home} />
      <Route path="/integrations" component={Integrations} />
      <Route path="/integrations/:integration">{(p) => <IntegrationPage key={p.integration} id={p.integration} />}</Route>
      <Route path="/integrations/:integration/commands/:command">{(p) => <CommandPage key={`${p.integration}/${p.command}`} integration={p.integration} command={p.command} />}</Route>
      <Route path="/connections" component={Connections} />
      <Route path="/connections/new" component={NewConnection} />
      <Route path="/connections/:connection">{(p) => <ConnectionPage key={p.connection} id={p.connection} />}</Route>
      <Route path="/runs" component={Runs} />
      <Route path="/runs/:run">{(p) => <RunPage key={p.run} id={p.run} />}</Route>
      <Route path="/files" component={Files} />
      <Route path="/files/:file">{(p) => <FilePage key={p.file} id={p.file} />}</Route>
      <Route path="/secrets" component={Secrets} />
      <Route path="/worker" component={Worker} />
      <Route path="/audit" component={Audit} />
      <Route path="/settings">{() => <Redirect to="/settings/tokens" replace />}</Route>
      <Route path="/settings/:tab">{(p) => <Settings tab={p.tab} />}</Route>
      <Route component={NotFound} />
    </Switch>
  );
}

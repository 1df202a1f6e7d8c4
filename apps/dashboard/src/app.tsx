import { Alert, Anchor, AppShell, Container, Group, Title } from '@mantine/core';
import { Link, Route, Switch } from 'wouter';
import { useConnectionState } from './data/live.js';
import { ColorSchemeSwitch } from './parts/color-scheme-switch.js';
import { FleetPage } from './pages/fleet-page.js';
import { MatricesPage } from './pages/matrices-page.js';
import { OverviewPage } from './pages/overview-page.js';
import { TrialPage } from './pages/trial-page.js';

const sections = [
  { path: '/', label: 'Verdicts' },
  { path: '/matrices', label: 'Matrices' },
  { path: '/fleet', label: 'Fleet' },
];

export function App() {
  return (
    <AppShell header={{ height: 56 }} padding="md">
      <AppShell.Header>
        <Group h="100%" px="md" gap="lg" wrap="nowrap" component="nav" aria-label="Sections">
          <Title order={1} size="h4">
            Octet
          </Title>
          {sections.map(({ path, label }) => (
            <Anchor key={path} component={Link} href={path}>
              {label}
            </Anchor>
          ))}
          <Group ml="auto">
            <ColorSchemeSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main>
        <Container size="xl" px={0}>
          <ConnectionNotice />
          <Switch>
            <Route path="/" component={OverviewPage} />
            <Route path="/matrices" component={MatricesPage} />
            <Route path="/fleet" component={FleetPage} />
            <Route path="/trials/:id">{({ id }) => <TrialPage id={id} />}</Route>
            <Route>
              <Alert title="No such page">Choose a section above.</Alert>
            </Route>
          </Switch>
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}

function ConnectionNotice() {
  if (useConnectionState() !== 'lost') return null;
  return (
    <Alert color="yellow" mb="md" role="status" title="Connection lost">
      What you see may be old. Trying again.
    </Alert>
  );
}

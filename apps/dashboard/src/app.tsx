import { Alert, Anchor, AppShell, Burger, Container, Group, Skeleton, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense, useEffect, type ComponentType } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { useConnectionState } from './data/live.js';
import { OverviewPage } from './pages/overview/overview-page.js';
import { ColorSchemeSwitch } from './parts/color-scheme-switch.js';

/** A page that is fetched when it is first opened. */
function page<K extends string, P extends object>(load: () => Promise<Record<K, ComponentType<P>>>, name: K) {
  return lazy(async () => ({ default: (await load())[name] }));
}

const TrialPage = page(() => import('./pages/trial/trial-page.js'), 'TrialPage');
const ModelPage = page(() => import('./pages/model/model-page.js'), 'ModelPage');
const ComparePage = page(() => import('./pages/compare/compare-page.js'), 'ComparePage');
const RulePage = page(() => import('./pages/rule/rule-page.js'), 'RulePage');
const RolloutPage = page(() => import('./pages/rollout/rollout-page.js'), 'RolloutPage');
const MatricesPage = page(() => import('./pages/matrices-page.js'), 'MatricesPage');
const MatrixPage = page(() => import('./pages/matrix-page.js'), 'MatrixPage');
const SubmitPage = page(() => import('./pages/submit/submit-page.js'), 'SubmitPage');
const FleetPage = page(() => import('./pages/fleet/fleet-page.js'), 'FleetPage');

const sections = [
  { path: '/', label: 'Verdicts' },
  { path: '/compare', label: 'Compare devices' },
  { path: '/rule', label: 'The rule' },
  { path: '/rollout', label: 'Roll out' },
  { path: '/matrices', label: 'Matrices' },
  { path: '/submit', label: 'Submit' },
  { path: '/fleet', label: 'Fleet' },
];

export function App() {
  const [open, menu] = useDisclosure(false);
  const [path] = useLocation();
  useEffect(menu.close, [path]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 240, breakpoint: 'sm', collapsed: { mobile: !open, desktop: true } }}
      padding="md"
    >
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="lg" wrap="nowrap">
          <Burger
            opened={open}
            onClick={menu.toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label="Sections"
            aria-expanded={open}
          />
          <Anchor component={Link} href="/" fw={800} size="lg" c="inherit" underline="never">
            Octet
          </Anchor>
          <Group component="nav" aria-label="Sections" gap="lg" wrap="nowrap" visibleFrom="sm">
            <SectionLinks path={path} />
          </Group>
          <Group ml="auto">
            <ColorSchemeSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="md" aria-label="Sections of the menu" aria-hidden={!open} inert={!open}>
        <Stack>
          <SectionLinks path={path} />
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Container size="xl" px={0}>
          <ConnectionNotice />
          <PageTitle path={path} />
          <Suspense fallback={<Skeleton height="80vh" role="status" aria-label="Loading" />}>
            <Switch>
              <Route path="/" component={OverviewPage} />
              <Route path="/trials/:id">{({ id }) => <TrialPage key={id} id={id} />}</Route>
              <Route path="/models/:reference">
                {({ reference }) => <ModelPage key={reference} reference={reference} />}
              </Route>
              <Route path="/compare" component={ComparePage} />
              <Route path="/rule" component={RulePage} />
              <Route path="/rollout" component={RolloutPage} />
              <Route path="/matrices" component={MatricesPage} />
              <Route path="/matrices/:id">{({ id }) => <MatrixPage key={id} id={id} />}</Route>
              <Route path="/submit" component={SubmitPage} />
              <Route path="/fleet" component={FleetPage} />
              <Route>
                <Alert title="No such page">Choose a section above.</Alert>
              </Route>
            </Switch>
          </Suspense>
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}

function SectionLinks({ path }: { path: string }) {
  return sections.map((section) => {
    const here = section.path === '/' ? path === '/' : path.startsWith(section.path);
    return (
      <Anchor
        key={section.path}
        component={Link}
        href={section.path}
        fw={here ? 700 : 400}
        underline={here ? 'always' : 'hover'}
        aria-current={here ? 'page' : undefined}
        style={{ whiteSpace: 'nowrap' }}
      >
        {section.label}
      </Anchor>
    );
  });
}

/** Names the view in the browser's tab and history. */
function PageTitle({ path }: { path: string }) {
  useEffect(() => {
    const label = sections.find((section) => section.path !== '/' && path.startsWith(section.path))?.label;
    document.title = label === undefined ? 'Octet: is INT8 worth it?' : `${label} · Octet`;
  }, [path]);
  return null;
}

function ConnectionNotice() {
  const state = useConnectionState();
  if (state !== 'lost') return null;
  return (
    <Alert color="yellow" mb="md" role="status" title="Connection lost">
      What you see may be old. Trying again.
    </Alert>
  );
}

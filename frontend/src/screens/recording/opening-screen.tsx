/** A form that is not ready yet: its draft, its places or its unit are not known. */
import { Loading } from "../../components/notice.tsx";
import { Screen } from "../../components/screen.tsx";

export const OpeningScreen = ({ title }: { title: string }) => (
  <Screen title={title}>
    <Loading />
  </Screen>
);
